# SPDX-License-Identifier: MIT
"""Interoperability tests: Whit against real peers and against raw sockets, on the host and on QEMU boards."""
