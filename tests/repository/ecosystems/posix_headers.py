# SPDX-License-Identifier: MIT
FOLDERS = []
FLAGS = []
