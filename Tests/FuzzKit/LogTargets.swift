// SPDX-License-Identifier: Apache-2.0
import Base
import Transparency

extension FuzzTarget {
    static let logs: [FuzzTarget] = []
}
