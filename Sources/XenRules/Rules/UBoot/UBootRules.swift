// SPDX-License-Identifier: Apache-2.0

extension Rule {
  static let uBoot: [Rule] = [.uBootBootargs]
}
