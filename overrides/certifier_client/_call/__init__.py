"""How a call is made: validate, build the request, send it with retries, decode the response."""
