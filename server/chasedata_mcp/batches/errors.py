"""The errors of a batch that can't be planned or run."""


class BatchError(ValueError):
    """A batch that can't be made of what was given; the message says why and what to give."""


class BatchStoreError(BatchError):
    """The store of batches can't be read or written."""
