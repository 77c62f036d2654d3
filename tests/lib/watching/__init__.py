# SPDX-License-Identifier: Apache-2.0
"""A small catalog over two signed archives, watched by the real program."""
