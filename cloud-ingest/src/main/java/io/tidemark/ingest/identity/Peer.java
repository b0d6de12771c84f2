package io.tidemark.ingest.identity;

import io.tidemark.identity.Identity;
import java.security.cert.X509Certificate;

/** Who is at the other end, and by which certificate that is known. */
public record Peer(Identity identity, X509Certificate certificate) {}
