"""The processes behind the command line: the API's workers, the scheduler beside them, the private database below."""
