/** What a device says and hears over MQTT and CoAP, byte by byte. */
@NullMarked
package io.tidemark.deploy.device;

import org.jspecify.annotations.NullMarked;
