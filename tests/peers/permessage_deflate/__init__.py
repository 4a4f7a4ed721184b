# SPDX-License-Identifier: MIT
"""Peers that speak permessage-deflate (RFC 7692) by hand, with Python's zlib as their codec."""
