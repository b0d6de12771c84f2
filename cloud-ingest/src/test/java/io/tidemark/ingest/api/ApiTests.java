package io.tidemark.ingest.api;

import io.quarkus.test.common.http.TestHTTPResource;
import java.net.URI;
import org.junit.jupiter.api.BeforeEach;

/** Tests of the API that have readings stored, each of devices of its own. */
abstract class ApiTests {
  @TestHTTPResource("/")
  URI root;

  ApiClient client;

  @BeforeEach
  void connect() {
    client = new ApiClient(root);
  }
}
