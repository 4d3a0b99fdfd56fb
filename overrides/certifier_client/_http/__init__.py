"""Send one request and read its complete response, within limits of size and time.

Everything is `async def` over the primitives of a mode (mode.py): blocking (sockets.py) or asyncio
(asyncio_sockets.py). Failures are raised as httpx's exceptions.
"""
