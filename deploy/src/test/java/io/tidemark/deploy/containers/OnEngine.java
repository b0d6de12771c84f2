package io.tidemark.deploy.containers;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the {@link Engine} as a parameter: one for all that run in this JVM, started for the
 * first. After each test nothing runs on it, and no volume or network is left.
 */
final class OnEngine implements ParameterResolver, AfterEachCallback {
  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Engine.class;
  }

  @Override
  public Engine resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return engine(context);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    engine(context).clear();
  }

  private static Engine engine(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.GLOBAL)
        .getOrComputeIfAbsent(
            Engine.class,
            key -> {
              try {
                return Engine.start();
              } catch (Exception | AssertionError e) {
                throw new IllegalStateException("no container engine: " + e.getMessage(), e);
              }
            },
            Engine.class);
  }
}
