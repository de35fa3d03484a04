# The container image of Tremolo: one binary with its Swift runtime inside, on Debian's base. Documentation/containers.md
# says how to build and run it; `make image-test` builds it, and has it answer a click, where no container engine is.

FROM swift:6.3-bookworm AS build
# GEOIP=1: with the trait that reads country databases.
ARG GEOIP=
WORKDIR /build
RUN apt-get update && apt-get install -y --no-install-recommends make
COPY Makefile ./
RUN make packages ${GEOIP:+geoip-packages}
COPY Package.swift ./
COPY Sources Sources
# Package.swift names what is in them: their folders have to be there, and nothing of them is built.
COPY LoadTests LoadTests
COPY Tests Tests
RUN make build GEOIP=$GEOIP && strip -o /tremolo .build/release/tremolo

FROM debian:bookworm-slim
ARG GEOIP=
# The user's number is fixed, so that folders of the host can be made for it. What it may not change is root's.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-0 tzdata ${GEOIP:+libmaxminddb0} \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 tremolo \
    && useradd --uid 10001 --gid tremolo --no-create-home --home-dir /var/lib/tremolo --shell /usr/sbin/nologin tremolo \
    && install -d -m 700 -o tremolo -g tremolo /var/lib/tremolo
COPY Config/tremolo.json5 /etc/tremolo/
COPY Config/rules /usr/share/tremolo/rules
COPY Config/esp /usr/share/tremolo/esp
COPY Config/pages /usr/share/tremolo/pages
COPY LICENSE /usr/share/doc/tremolo/
COPY Config/container/tremolo-healthcheck /usr/local/bin/
COPY --from=build /tremolo /usr/local/bin/
# A checkout may be its owner's alone; the image is for whoever runs it.
RUN chmod -R u=rwX,go=rX /etc/tremolo /usr/share/tremolo /usr/share/doc/tremolo /usr/local/bin/tremolo-healthcheck

# These beat the configuration's file, so that one made elsewhere, with its own folders and listeners, runs here as it is.
# An empty value counts as none. The admin listener stays on the container's own loopback address, where no token is
# needed.
ENV TREMOLO_CONFIG=/etc/tremolo/tremolo.json5 \
    TREMOLO_LISTEN=0.0.0.0:8080 \
    TREMOLO_DATA=/var/lib/tremolo \
    TREMOLO_RULES=/usr/share/tremolo/rules \
    TREMOLO_SENDERS=/usr/share/tremolo/esp

ARG REVISION=
LABEL org.opencontainers.image.title="Tremolo" \
      org.opencontainers.image.description="The open tracking edge for email" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="debian:bookworm-slim"

# By number, so that an engine can tell that it is not root.
USER 10001:10001
WORKDIR /etc/tremolo
VOLUME /var/lib/tremolo
EXPOSE 8080
STOPSIGNAL SIGTERM
# A start after a crash recovers the journal before it listens, which may take minutes; within them a failure counts for
# nothing.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m --retries=3 CMD ["tremolo-healthcheck"]
ENTRYPOINT ["tremolo"]
CMD ["serve"]
