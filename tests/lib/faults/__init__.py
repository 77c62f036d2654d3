# SPDX-License-Identifier: Apache-2.0
"""What tests/faults does to a registry, one part a module."""
