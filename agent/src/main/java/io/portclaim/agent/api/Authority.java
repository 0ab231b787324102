package io.portclaim.agent.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The certificates that the API server's is trusted by, from a file that may be replaced. For one thread. */
final class Authority {
    private final Path file;
    private byte[] read = new byte[0];
    private @Nullable SSLSocketFactory sockets;

    Authority(Path file) {
        this.file = file;
    }

    /** What makes connections that trust these certificates and no other. */
    SSLSocketFactory sockets() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (sockets == null || !Arrays.equals(bytes, read)) {
            try {
                sockets = sockets(bytes);
            } catch (GeneralSecurityException e) {
                throw new IOException(file + " has no certificates that can be used: " + e.getMessage(), e);
            }
            read = bytes;
        }
        return sockets;
    }

    private static SSLSocketFactory sockets(byte[] bytes) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        int number = 0;
        for (Certificate certificate :
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes))) {
            trusted.setCertificateEntry("ca-" + number++, certificate);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context.getSocketFactory();
    }
}
