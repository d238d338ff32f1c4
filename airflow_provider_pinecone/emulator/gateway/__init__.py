"""Before the API: the server, the request log, faults, the key, and the endpoints that steer them."""
