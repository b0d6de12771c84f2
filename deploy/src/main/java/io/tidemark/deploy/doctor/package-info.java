/** What is wrong with a deployment, and what to do about it. */
@org.jspecify.annotations.NullMarked
package io.tidemark.deploy.doctor;
