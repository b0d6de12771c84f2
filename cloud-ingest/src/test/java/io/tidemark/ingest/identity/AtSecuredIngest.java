package io.tidemark.ingest.identity;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.tidemark.ingest.access.Access;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;

/** What each test at a secured ingest has. */
abstract class AtSecuredIngest {
  @TestHTTPResource(value = "/", tls = true)
  URI root;

  @ConfigProperty(name = "tidemark.identity.dir")
  Path folder;

  @Inject MeterRegistry meters;
  @Inject CertificateAuthority authority;
  @Inject Access access;

  SecuredIngest ingest;

  @BeforeEach
  void ingest() throws Exception {
    ingest = new SecuredIngest(root, folder, access, authority, meters);
  }
}
