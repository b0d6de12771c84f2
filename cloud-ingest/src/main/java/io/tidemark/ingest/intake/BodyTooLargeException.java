package io.tidemark.ingest.intake;

/** A request has more bytes than it may, before compression. */
final class BodyTooLargeException extends Exception {
  private static final long serialVersionUID = 1L;

  BodyTooLargeException(long maxBytes) {
    super(
        "the request has more than %d bytes uncompressed; send fewer entries".formatted(maxBytes));
  }
}
