package io.tidemark.sim.payload;

/** Labels of SenML: their names in JSON, their numbers in CBOR (RFC 8428, section 6, table 4). */
enum SenmlLabel {
  BASE_NAME("bn", -2),
  BASE_TIME("bt", -3),
  NAME("n", 0),
  UNIT("u", 1),
  VALUE("v", 2),
  STRING_VALUE("vs", 3),
  BOOLEAN_VALUE("vb", 4),
  TIME("t", 6);

  private final String text;
  private final int number;

  SenmlLabel(String text, int number) {
    this.text = text;
    this.number = number;
  }

  String text() {
    return text;
  }

  int number() {
    return number;
  }
}
