"""Reading files: from bytes that others wrote to lines in cents, or to sentences about what is wrong."""
