package io.tidemark.ingest.alerts;

import io.tidemark.ingest.sql.SqlUnavailableException;
import java.util.Map;
import java.util.Set;

/** Which devices have a label: the registry's word. */
@FunctionalInterface
public interface Scopes {
  /** Devices by label, of all labels. */
  Map<String, Set<String>> devicesByLabel() throws SqlUnavailableException;
}
