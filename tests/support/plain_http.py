"""Plain HTTP over loopback."""

import ssl

# Trusts nobody and is made at once: httpx's own reads every authority it knows for each client.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
