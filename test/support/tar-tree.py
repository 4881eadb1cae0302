"""The trees of test/interop/archive.test.ts.

`make DIR` fills a directory with everything that a tar can hold, `describe DIR` prints what a directory holds,
`members FILE` what Python reads in an archive. All as JSON, with names as latin1, so that bytes that are not UTF-8
come through.
"""

import hashlib
import json
import os
import stat
import sys
import tarfile

KINDS = {
    stat.S_IFREG: 'file',
    stat.S_IFDIR: 'directory',
    stat.S_IFLNK: 'symlink',
    stat.S_IFIFO: 'fifo',
    stat.S_IFCHR: 'character',
    stat.S_IFBLK: 'block',
}
DEEP = b'dir/' + b'/'.join([b'deep' * 20] * 4)


def text(raw):
    return raw.decode('latin1')


def write(name, data, mode=0o644):
    with open(name, 'wb') as file:
        file.write(data)
    os.chmod(name, mode)


def make(root):
    os.chdir(root)
    os.makedirs(DEEP)
    write(b'empty', b'')
    write(b'exact', b'x' * 1024)
    write(b'setuid', b'#!/bin/sh\n', 0o4755)
    write(b'dir/not utf-8 \xff\xfe', b'bytes')
    write(b'dir/' + 'grüße'.encode(), b'text')
    write(b'n' * 200, b'long')
    write(b'dir/' + 'é'.encode() * 120, b'long and not ASCII')
    write(DEEP + b'/file', b'deep')
    write(b'xattrs', b'data')
    os.setxattr(b'xattrs', b'user.note', b'a=b\n\x00\xff')
    os.setxattr(b'xattrs', b'user.a=%', b'name')
    os.symlink(b'exact', b'link')
    os.symlink(b'../' * 60 + b'far\xff', b'long-link')
    os.link(b'exact', b'same')
    os.mkfifo(b'fifo', 0o600)
    with open(b'sparse', 'wb') as file:
        file.truncate(3 << 20)
        file.seek(1 << 20)
        file.write(b'middle' * 1000)
        file.seek(2 << 20)
        file.write(b'late')
    with open(b'hole', 'wb') as file:
        file.truncate(1 << 20)
    if os.getuid() == 0:
        os.mknod(b'character', 0o620 | stat.S_IFCHR, os.makedev(5, 1))
        os.mknod(b'block', 0o660 | stat.S_IFBLK, os.makedev(259, 70000))
        os.lchown(b'empty', 3000000000, 4000000000)
        os.lchown(b'link', 1000, 100)
    set_times()


def set_times():
    for i, (top, dirs, files) in enumerate(os.walk(b'.', topdown=False)):
        for j, name in enumerate(dirs + files):
            ns = 1700000000123456789 + 1000000007 * (100 * i + j)
            os.utime(os.path.join(top, name), ns=(ns, ns), follow_symlinks=False)
    os.utime(b'empty', ns=(-1500000000, -1500000000))
    os.utime(b'exact', ns=(10**18, 10**18))


def runs_of_data(path, size):
    found, at = [], 0
    fd = os.open(path, os.O_RDONLY)
    try:
        while at < size:
            at = os.lseek(fd, at, os.SEEK_DATA)
            end = os.lseek(fd, at, os.SEEK_HOLE)
            found.append([at, end - at])
            at = end
    except OSError:
        pass  # No data up to the end.
    finally:
        os.close(fd)
    return found


def describe(root):
    os.chdir(root)
    entries, first_names = [], {}
    for top, dirs, files in os.walk(b'.'):
        dirs.sort()
        for name in sorted(dirs + files):
            entries.append(describe_entry(os.path.join(top, name)[2:], first_names))
    json.dump(entries, sys.stdout)


def describe_entry(path, first_names):
    status = os.lstat(path)
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    entry = {
        'path': text(path),
        'kind': kind,
        'mode': stat.S_IMODE(status.st_mode),
        'uid': status.st_uid,
        'gid': status.st_gid,
        'mtime': str(status.st_mtime_ns),
        'target': text(os.readlink(path)) if kind == 'symlink' else '',
        'size': 0,
        'sha': '',
        'device': [0, 0],
        'xattrs': {},
        'runs': [],
    }
    if kind in ('character', 'block'):
        entry['device'] = [os.major(status.st_rdev), os.minor(status.st_rdev)]
    if kind == 'file':
        with open(path, 'rb') as file:
            entry['sha'] = hashlib.sha256(file.read()).hexdigest()
        entry['size'] = status.st_size
        entry['runs'] = runs_of_data(path, status.st_size)
        names = [name for name in os.listxattr(path) if name.startswith('user.')]
        entry['xattrs'] = {name: text(os.getxattr(path, name)) for name in names}
        entry['same'] = first_names.setdefault(status.st_ino, text(path))
    return entry


def members(path):
    with tarfile.open(path, encoding='utf-8', errors='surrogateescape') as tar:
        entries = [describe_member(tar, member) for member in tar]
    json.dump(entries, sys.stdout)


def describe_member(tar, member):
    return {
        'path': text(os.fsencode(member.name)),
        'type': text(member.type),
        'mode': member.mode,
        'uid': member.uid,
        'gid': member.gid,
        'mtime': '%.3f' % member.mtime,
        'target': text(os.fsencode(member.linkname)),
        'device': [member.devmajor, member.devminor],
        'sha': hashlib.sha256(tar.extractfile(member).read()).hexdigest() if member.isreg() else '',
    }


{'make': make, 'describe': describe, 'members': members}[sys.argv[1]](sys.argv[2])
