/**
 * Where BusyBox installs commands that are not in `usr/bin`: the places of its own `--list-full`, for a binary that
 * cannot be asked because it is for another processor.
 */
const PLACES: Readonly<Record<string, string>> = {
  '': 'linuxrc',
  bin:
    'arch ash base32 base64 bash busybox cat chattr chgrp chmod chown conspy cp cpio cttyhack date dd df dmesg ' +
    'dnsdomainname dumpkmap echo ed egrep false fatattr fdflush fgrep fsync getopt grep gunzip gzip hostname hush ' +
    'ionice iostat ipcalc kbd_mode kill link linux32 linux64 ln login ls lsattr lzop makemime mkdir mknod mktemp more ' +
    'mount mountpoint mpstat mt mv netstat nice nuke pidof ping ping6 pipe_progress printenv ps pwd readlink ' +
    'reformime resume rev rm rmdir rpm run-parts scriptreplay sed setarch setpriv setserial sh sleep stat stty su ' +
    'sync tar touch true umount uname uncompress usleep vi watch zcat',
  sbin:
    'acpid adjtimex arp blkid blockdev bootchartd depmod devmem fbsplash fdisk findfs freeramdisk fsck fsck.minix ' +
    'fstrim getty halt hdparm hwclock ifconfig ifdown ifenslave ifup init insmod ip ipaddr iplink ipneigh iproute ' +
    'iprule iptunnel klogd ldconfig loadkmap logread losetup lsmod makedevs mdev mkdosfs mke2fs mkfs.ext2 ' +
    'mkfs.minix mkfs.vfat mkswap modinfo modprobe nameif pivot_root poweroff raidautorun reboot rmmod route run-init ' +
    'runlevel setconsole slattach start-stop-daemon sulogin swapoff swapon switch_root sysctl syslogd tc tunctl ' +
    'tune2fs udhcpc uevent vconfig watchdog zcip',
  'usr/sbin':
    'addgroup add-shell adduser arping brctl chat chpasswd chroot crond delgroup deluser dhcprelay dnsd ether-wake ' +
    'fakeidentd fbset fdformat flash_eraseall flashcp flash_lock flash_unlock fsfreeze ftpd httpd i2cdetect i2cdump ' +
    'i2cget i2cset i2ctransfer ifplugd inetd loadfont lpd mim nanddump nandwrite nbd-client nologin ntpd partprobe ' +
    'popmaildir powertop rdate rdev readahead readprofile remove-shell rtcwake seedrng sendmail setfont setlogcons ' +
    'svlogd telnetd tftpd ubiattach ubidetach ubimkvol ubirename ubirmvol ubirsvol ubiupdatevol udhcpd',
};

const DIRECTORIES: ReadonlyMap<string, string> = new Map(
  Object.entries(PLACES).flatMap(([directory, names]) => names.split(' ').map((name) => [name, directory])),
);

/** The path, from the root, at which the command `name` belongs. */
export function appletPath(name: string): string {
  const directory = DIRECTORIES.get(name) ?? 'usr/bin';
  return directory === '' ? name : `${directory}/${name}`;
}

/** Whether `name` is a command outside `usr/bin` that every BusyBox may have. */
export function isKnownApplet(name: string): boolean {
  return DIRECTORIES.has(name);
}
