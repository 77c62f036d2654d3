// SPDX-License-Identifier: Apache-2.0
import Commands

Ashlar.start()
