// SPDX-License-Identifier: Apache-2.0
import DTCCommand

DTC.run()
