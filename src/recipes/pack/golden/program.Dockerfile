# /bin/app and what is needed to start for linux/amd64, made by "plinth pack".
#
#   libraries: what programs and modules link to (4 files, 792 bytes)
#   /bin/app: program (3 files, 488 bytes)
#   loader: starts programs, finds libraries (3 files, 440 bytes)
#   system: users, name lookup, /tmp (3 files, 246 bytes)

# Nothing is below it: what a program needs is in this image, or missing.
FROM scratch

# Every file and link where it lay when it was packed; put files of your own beside them.
COPY root/ /

# Where programs are looked for.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# What runs; words after the image's name are its arguments.
ENTRYPOINT ["/bin/app"]

# As it was asked for.
USER nobody
