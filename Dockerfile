# The relay as a container image: the executable on distroless' C library, without a shell, as a user without rights.
#
#   docker build -t arlo-relay .
#   docker run --rm -v arlo-relay:/data -p 127.0.0.1:8080:8080 arlo-relay
#
# tests/package/image.py reads this file, copies what the last stage copies onto the base's files, and runs it in a
# chroot, since it runs where there is no Docker. It knows the instructions below and no others.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p arlo-relay \
    && install -D -m 755 target/release/arlo-relay /out/usr/bin/arlo-relay \
    && install -d -m 700 /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="arlo-relay" \
      org.opencontainers.image.description="Receives the mail with Arlo's login code and hands it to the login that waits" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /out/usr/bin/arlo-relay /usr/bin/arlo-relay
COPY --from=build --chown=65532:65532 /out/data /data
ENV ARLO_RELAY_DATA_DIR=/data \
    ARLO_RELAY_HTTP=0.0.0.0:8080 \
    ARLO_RELAY_SMTP=0.0.0.0:2525
USER 65532:65532
VOLUME /data
EXPOSE 8080 2525
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["/usr/bin/arlo-relay", "healthcheck"]
ENTRYPOINT ["/usr/bin/arlo-relay"]
CMD ["serve"]
