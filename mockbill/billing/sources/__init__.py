"""Sources: the older way to pay, made by ``POST /v1/sources``, and those of a customer whatever they are."""
