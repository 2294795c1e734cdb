"""Stories told to a billing server over HTTP: their verbs, files, runner and a sample application that listens."""
