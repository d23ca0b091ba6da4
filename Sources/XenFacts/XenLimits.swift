// SPDX-License-Identifier: Apache-2.0

/// Limits that Xen on Arm compiles in (xen/include/xen/bootfdt.h and its forerunners).
public enum XenLimits {
  /// Boot modules in all, the Xen image and the host's tree among them.
  public static let modules = 32
  /// Modules that a description can name: all but Xen and the tree.
  public static let loadableModules = 30
  /// Longest name of a domain's node for which Xen keeps the kernel's bootargs.
  public static let domainName = 40
  /// Longest path of a module's node, without the terminating zero; a longer one is ignored silently.
  public static let modulePath = 91
  /// Longest command line of a module, in bytes without the terminating zero.
  public static let commandLine = 1024
  /// Largest host tree, in bytes.
  public static let hostTree = 2 << 20
  /// Alignment that Xen and the loaders are happy with for anything loaded.
  public static let moduleAlignment: UInt64 = 2 << 20
  /// Most virtual CPUs of an arm64 guest.
  public static let guestCPUs: UInt32 = 128
  /// Most shared interrupts of a guest: the numbers of a GIC end at 1019, the first 32 are not shared, and Xen rounds up to 32.
  public static let guestInterrupts: UInt32 = 960
  /// Longest `xen,shm-id`, without the terminating zero.
  public static let sharedMemoryName = 15
  /// Most event channels of a guest that dom0less makes: its `max_evtchn_port` is one less.
  public static let guestEventChannels: UInt32 = 1024
  /// Bytes of a guest's tree that has neither CPUs nor a console nor boot arguments, nor a ramdisk, with one bank of memory.
  public static let guestTreeBase = 822
  /// Bytes that the node of the console adds to it.
  public static let guestTreeConsole = 154
}
