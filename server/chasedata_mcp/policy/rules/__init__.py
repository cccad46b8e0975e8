"""The policy's rules: pure functions of a call and of facts. They read no store and no clock."""
