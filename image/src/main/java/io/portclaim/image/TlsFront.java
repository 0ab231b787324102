package io.portclaim.image;

import io.vertx.core.Vertx;
import io.vertx.core.net.SelfSignedCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * TLS as an API server speaks it, before a server on loopback that speaks none: it offers HTTP/2 and passes on what comes.
 * The mock server's own TLS never agrees on HTTP/2, which is most of what the operator's JVM has to learn.
 */
final class TlsFront implements AutoCloseable {
    private static final String[] PROTOCOLS = {"h2", "http/1.1"};
    private static final int BACKLOG = 50;

    private final SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
    private final ExecutorService threads = Executors.newCachedThreadPool(TlsFront::daemon);
    private final SSLServerSocket socket;
    private final int behind;

    /** Stands before the port {@code behind}. */
    TlsFront(int behind) throws Exception {
        this.behind = behind;
        Vertx vertx = Vertx.vertx();
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    certificate.keyCertOptions().getKeyManagerFactory(vertx).getKeyManagers(), null, null);
            socket = (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        } finally {
            vertx.close();
        }
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(PROTOCOLS);
        socket.setSSLParameters(parameters);
        threads.execute(this::accept);
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "tls");
        thread.setDaemon(true);
        return thread;
    }

    String url() {
        return "https://localhost:" + socket.getLocalPort();
    }

    /** The file with the certificate to trust. */
    String certificate() {
        return certificate.certificatePath();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                SSLSocket client = (SSLSocket) socket.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), behind);
                threads.execute(() -> pass(client, server));
                threads.execute(() -> pass(server, client));
            } catch (IOException e) {
                // The operator ends, or this does; a connection that is missing fails the training by itself.
            }
        }
    }

    private static void pass(Socket from, Socket to) {
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            // Closed by either side.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        threads.shutdownNow();
        certificate.delete();
    }
}
