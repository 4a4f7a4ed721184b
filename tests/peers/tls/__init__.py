# SPDX-License-Identifier: MIT
"""Peers that speak TLS, certificates, and the programs and images under test."""
