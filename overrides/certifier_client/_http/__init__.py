"""How bytes travel: one request out, one complete response back, limited in size and time.

Everything is `async def` over the primitives of a mode (mode.py). There are two modes: blocking
(sockets.py) and asyncio (asyncio_sockets.py). Failures are raised as httpx's exceptions.
"""
