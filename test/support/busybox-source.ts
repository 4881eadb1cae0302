import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a build of BusyBox needs of its source, in a source that compiles at once. */
const FILES: Readonly<Record<string, string>> = {
  Makefile: `
on = grep -q '^CONFIG_$(1)=y' .config
defconfig allnoconfig:
	@cp configs/$@ .config
	@cp include/applets.src.h include/applets.h
oldconfig:
	@$(call on,TLS) || sed -i 's/^CONFIG_WGET=y/# CONFIG_WGET is not set/' .config
	@if $(call on,ASKS); then yes 'Really? [y/n]'; fi
busybox:
	@if $(call on,TC); then $(CC) -c networking/tc.c -o tc.o; fi
	@if $(call on,BROKEN); then $(CC) -c broken.c -o broken.o; fi
	@if $(call on,SLOW); then echo slow has started; sleep 600 & sleep 600; fi
	@$(CC) $(CFLAGS) $$($(call on,STATIC) && echo -static) main.c -o $@
busybox.links:
	@echo /bin/sh >$@
	@if $(call on,WGET); then echo /usr/bin/wget >>$@; fi
.PHONY: busybox busybox.links
`,
  'scripts/kconfig/Makefile': '',
  'include/applets.src.h': 'IF_SH(APPLET(sh, BB_DIR_BIN, BB_SUID_DROP))\nIF_WGET(APPLET(wget, BB_DIR_USR_BIN, x))\n',
  'Config.in': ['STATIC', 'SH', 'TC', 'BROKEN', 'SLOW', 'ASKS', 'TLS']
    .map((name) => `config ${name}\n\tbool "x"\n`)
    .join('')
    .concat('config WGET\n\tbool "wget"\n\tdepends on TLS\n'),
  'configs/defconfig': 'CONFIG_SH=y\nCONFIG_TC=y\n# CONFIG_WGET is not set\n# CONFIG_TLS is not set\n',
  'configs/allnoconfig': '# CONFIG_SH is not set\n# CONFIG_TC is not set\n# CONFIG_WGET is not set\n',
  'main.c': '#include <stdio.h>\nint main(void) { return puts("BusyBox v9.9.9 (" __FILE__ ")") < 0; }\n',
  'networking/tc.c': 'int tc(void) { return TCA_CBQ_MAX; }\n',
  'broken.c': '#include <stdio.h>\nint f(void) {\n  return missing_thing;\n}\n',
};

/** Writes the tarball of such a source to `path`, with more files or others. */
export function writeFakeSource(path: string, more: Readonly<Record<string, string>> = {}): void {
  const root = `${path}.d/busybox-9.9.9`;
  for (const [name, text] of Object.entries({ ...FILES, ...more })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  execFileSync('tar', ['-C', `${path}.d`, '--mtime=@1600000000', '-cf', path, 'busybox-9.9.9']);
  rmSync(`${path}.d`, { recursive: true });
}
