"""What a person does with open questions, on the terminal and on a page of this machine."""
