# SPDX-License-Identifier: MIT
"""A stand-in for the Autobahn testsuite."""
