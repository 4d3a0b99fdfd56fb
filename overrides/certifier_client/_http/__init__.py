"""How bytes travel: one request out, one complete response back, capped and on time.

It is `async def` over the primitives of a mode (see mode.py), of which there are two: blocking
(sockets.py) and asyncio (asyncio_sockets.py). Failures are raised as httpx's own exceptions.
"""
