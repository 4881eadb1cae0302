/**
 * What programs read that no header of an ELF file names: interpreters have libraries of modules, daemons have
 * configuration. A companion is packed by itself when what it belongs to is.
 */
export interface Companion {
  /** As the table of parts shows it. */
  readonly name: string;
  readonly what: string;
  /** Matches the last name of a program (links followed), or of a library that is loaded. Named groups fill patterns. */
  readonly program?: RegExp;
  readonly library?: RegExp;
  /**
   * Files and directories, where they are there: absolute, `*` stands for any part of a name, `{prefix}` for the
   * directory above that of the program, `{dir}` for the directory of the library, `{group}` for what a named group matched.
   */
  readonly paths?: readonly string[];
  /** Paths below those that stay behind. */
  readonly except?: RegExp;
  /** Directories that must be there, though empty. */
  readonly directories?: readonly string[];
  /** Links made: their paths, and where they lead. */
  readonly links?: readonly (readonly [path: string, target: string])[];
  /** Programs that it starts. */
  readonly programs?: readonly string[];
  /** Users whose lines of /etc/passwd and /etc/group it needs. */
  readonly users?: readonly string[];
  /** What an image of this program alone has in its Dockerfile. */
  readonly instructions?: readonly string[];
}

export const COMPANIONS: readonly Companion[] = [
  {
    name: 'python modules',
    what: 'the standard library, without tests and Tk',
    program: /^python(?<version>3\.\d+)/,
    library: /^libpython(?<version>3\.\d+)/,
    paths: ['{prefix}/lib/python{version}', '{dir}/python{version}', '{dir}/../python{version}'],
    except:
      /\/(?:tests?|idlelib|turtledemo|tkinter|ensurepip|site-packages|dist-packages|config-[^/]+|_tkinter[^/]*|turtle\.py)(?:\/|$)/,
  },
  {
    name: 'perl modules',
    what: 'the standard modules',
    program: /^perl(?:5[\d.]*)?$/,
    library: /^libperl\.so/,
    paths: ['{prefix}/lib/*/perl-base', '{prefix}/lib/*/perl/5.*', '{prefix}/lib/perl5/5.*', '{prefix}/share/perl/5.*'],
    except: /\/CORE\/|\.(?:pod|h)$/,
  },
  {
    name: 'git commands',
    what: 'its own programs, templates',
    program: /^git$/,
    paths: ['{prefix}/lib/git-core', '{prefix}/libexec/git-core', '{prefix}/share/git-core/templates'],
    except: /\/(?:scalar|git-(?:daemon|imap-send|http-backend|http-push|instaweb|cvs[^/]*|svn|p4|gui[^/]*))$/,
    // git starts the other side of a local transfer, hooks and aliases with it.
    programs: ['/bin/sh'],
  },
  {
    name: 'nginx files',
    what: 'configuration, modules, directories',
    program: /^nginx$/,
    paths: ['/etc/nginx', '/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/share/nginx'],
    directories: ['/var/lib/nginx', '/var/log/nginx', '/var/cache/nginx', '/var/www/html', '/run'],
    links: [
      ['/var/log/nginx/access.log', '/dev/stdout'],
      ['/var/log/nginx/error.log', '/dev/stderr'],
    ],
    users: ['www-data', 'nginx', 'http'],
    instructions: ['EXPOSE 80', 'STOPSIGNAL SIGQUIT', 'CMD ["-g", "daemon off;"]'],
  },
  {
    name: 'openssl files',
    what: 'configuration, providers, engines',
    library: /^libcrypto\.so\.(?<version>\d+)/,
    paths: [
      '/usr/lib/ssl/openssl.cnf',
      '/etc/ssl/openssl.cnf',
      '/etc/pki/tls/openssl.cnf',
      '{dir}/ossl-modules',
      '{dir}/engines-{version}',
    ],
  },
  {
    name: 'java runtime',
    what: 'libraries, modules, settings',
    program: /^java$/,
    paths: ['{prefix}/lib', '{prefix}/conf', '{prefix}/release'],
    except: /\/src\.zip$/,
  },
  {
    name: 'node modules',
    what: 'what Debian keeps beside it',
    library: /^libnode\.so/,
    paths: ['acorn', 'acorn-walk', 'cjs-module-lexer', 'undici', 'busboy'].map((name) => `/usr/share/nodejs/${name}`),
  },
  {
    name: 'terminals',
    what: 'descriptions of terminals',
    library: /^lib(?:tinfo|ncurses)w?\.so/,
    paths: ['/lib/terminfo', '/usr/share/terminfo', '/etc/terminfo'].flatMap((directory) =>
      [
        'd/dumb',
        'l/linux',
        's/screen',
        's/screen-256color',
        't/tmux',
        't/tmux-256color',
        'v/vt100',
        'x/xterm',
        'x/xterm-256color',
      ].map((name) => `${directory}/${name}`),
    ),
  },
  {
    name: 'magic',
    what: 'how the kinds of files are told',
    library: /^libmagic\.so/,
    paths: ['/etc/magic', '/usr/share/misc/magic.mgc'],
  },
  {
    name: 'pam files',
    what: 'configuration of PAM',
    library: /^libpam\.so/,
    paths: ['/etc/pam.d', '/etc/security'],
  },
];

/** What is packed on request: see `PackRequest`. */
export const CERTIFICATES: Companion = {
  name: 'certificates',
  what: 'authorities that TLS trusts',
  paths: [
    '/etc/ssl/certs',
    '/etc/ssl/cert.pem',
    '/usr/lib/ssl/certs',
    '/usr/lib/ssl/cert.pem',
    '/etc/pki/tls/certs',
    '/etc/pki/tls/cert.pem',
    '/etc/pki/ca-trust/extracted',
  ],
  except: /\/java(?:\/|$)/,
};

export const TIMEZONES: Companion = {
  name: 'timezones',
  what: 'the rules of time zones',
  paths: ['/usr/share/zoneinfo'],
  except: /\/(?:right|posix)(?:\/|$)/,
};

export const CHARSETS: Companion = {
  name: 'character sets',
  what: 'converters for iconv',
  paths: ['/usr/lib/gconv', '/usr/lib64/gconv', '/usr/lib/*/gconv'],
};

export const LOCALE: Companion = {
  name: 'locale',
  what: 'C.UTF-8: letters beyond ASCII',
  paths: ['/usr/lib/locale/C.utf8', '/usr/lib/locale/C.UTF-8'],
};

/** Goes with musl's loader. */
export const MUSL_PATH: Companion = {
  name: 'loader path',
  what: "the directories in which musl's loader looks",
  paths: ['/etc/ld-musl-*.path'],
};

/** Scripts that only choose among versions of a program: what is packed in their place. */
export const WRAPPERS: readonly { readonly script: string; readonly programs: string }[] = [
  { script: '/usr/share/postgresql-common/pg_wrapper', programs: '/usr/lib/postgresql/*/bin/{name}' },
];
