// SPDX-License-Identifier: Apache-2.0

/// A name that xl reads from the configuration of a guest. Any other it ignores without a word.
public struct XLKey: Hashable, Sendable {
  public var name: String
  /// The first release whose xl reads it.
  public var since: XenVersion
  /// Whether it is for guests of x86 alone: their processors, and the PC that a device model emulates for them.
  public var isOfX86: Bool

  init(_ name: String, since: XenVersion, isOfX86: Bool) {
    self.name = name
    self.since = since
    self.isOfX86 = isOfX86
  }

  /// What xl of 4.17 and 4.20 asks libxlutil for, over guests of every type. Which are of x86 alone, xl.cfg(5) tells.
  ///
  /// The releases between have not been asked: what 4.20 knows and 4.17 does not counts from 4.18, unless it is known
  /// to be younger.
  public static let all: [XLKey] =
    keys(
      """
      acpi altp2m bootloader bootloader_args builder cap channel cmdline cpu_weight cpus cpus_soft device_model \
      device_model_args device_model_args_pv device_model_override device_model_user device_model_version \
      device_tree disk display dm_restrict driver_domain dtdev extra extratime firmware gic_version hap \
      init_seclabel iomem irqs kernel keymap latency max_event_channels max_grant_frames max_grant_version \
      max_maptrack_frames maxmem maxvcpus memory name nomigrate on_crash on_poweroff on_reboot on_soft_reset \
      on_watchdog opengl p9 passthrough pci pci_msitranslate pci_permissive pci_power_mgmt pci_seize period pool \
      pvcalls ramdisk root sdl seclabel shadow_memory slice tee type usbctrl usbdev uuid vcpus vdispl vfb vif vif2 \
      vkb vmtrace_buf_kb vnc vncdisplay vnclisten vncpasswd vncunused vncviewer vnuma vpmu vsnd vtpm vuart \
      xauthority xend_suspend_evtchn_compat
      """)
    + keys("virtio sve", since: XenVersion(4, 18)) + keys("nr_spis llc_colors", since: XenVersion(4, 20))
    + keys("bootloader_restrict bootloader_user", since: XenVersion(4, 18))
    + keys(
      """
      acpi_firmware acpi_laptop_slate acpi_s3 acpi_s4 altp2mhvm apic bios bios_path_override boot cpuid \
      device_model_args_hvm device_model_stubdomain_override device_model_stubdomain_seclabel e820_host \
      firmware_override gfx_passthru hdtype hpet ioports localtime mca_caps mmio_hole ms_vm_genid msr_relaxed \
      nestedhvm nographic nx oos pae pvshim pvshim_cmdline pvshim_extra pvshim_path rdm rdm_mem_boundary \
      rtc_timeoffset serial smbios_firmware soundhw spice spice_clipboard_sharing spice_image_compression \
      spice_streaming_video spiceagent_mouse spicedisable_ticketing spicehost spicepasswd spiceport spicetls_port \
      spiceusbredirection spicevdagent stdvga stubdomain_cmdline stubdomain_kernel stubdomain_memory \
      stubdomain_ramdisk timer_mode tsc_mode usb usbdevice usbversion vendor_device vga videoram viridian \
      vkb_device vpt_align xen_platform_pci
      """, isOfX86: true)
    + keys("hvm_pirq smbios", since: XenVersion(4, 18), isOfX86: true)

  /// - Parameter since: 4.17, the oldest release that was asked, stands for all before.
  private static func keys(
    _ names: String, since: XenVersion = XenVersion(4, 17), isOfX86: Bool = false
  ) -> [XLKey] {
    names.split(separator: " ").map { XLKey(String($0), since: since, isOfX86: isOfX86) }
  }
}
