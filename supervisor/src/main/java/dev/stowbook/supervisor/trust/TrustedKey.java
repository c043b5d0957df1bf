package dev.stowbook.supervisor.trust;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A public key that signatures are verified with.
 *
 * @param fingerprint {@code sha256:} and the digest of its DER form, as {@code openssl pkey -pubin -outform DER | sha256sum} prints it
 * @param algorithms names of the JDK's signature algorithms that sigstore uses with such keys; any of them will do
 */
public record TrustedKey(String fingerprint, PublicKey key, List<String> algorithms) {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final String PUBLIC_KEY = "PUBLIC KEY";
    private static final int LEAST_RSA_BITS = 2048;
    private static final int MOST_RSA_BITS = 8192;

    public TrustedKey {
        algorithms = List.copyOf(algorithms);
    }

    /**
     * Reads the keys of a PEM file (RFC 7468, section 13): ECDSA on P-256 or P-384, RSA from 2048 bits, Ed25519.
     *
     * @param where names the file in messages
     */
    public static List<TrustedKey> parse(String pem, String where) throws TrustException {
        List<TrustedKey> keys = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            if (!block.group(1).equals(PUBLIC_KEY)) {
                throw new TrustException(where + " holds a \"" + block.group(1) + "\", and what is wanted is a \"" + PUBLIC_KEY
                        + "\": write it with openssl pkey -pubout, or cosign public-key");
            }
            keys.add(key(block.group(2).replaceAll("\\s", ""), where));
        }
        if (keys.isEmpty()) {
            throw new TrustException(where + " holds no public key in PEM: it must have a block -----BEGIN PUBLIC KEY-----");
        }
        return keys;
    }

    private static TrustedKey key(String base64, String where) throws TrustException {
        byte[] der;
        try {
            der = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new TrustException(where + ": the public key is no base64: copy it anew");
        }
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
            try {
                PublicKey key = KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
                return new TrustedKey("sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getEncoded())), key,
                        algorithms(key, where));
            } catch (GeneralSecurityException e) {
                // not of this kind; if of none, it is told below
            }
        }
        throw new TrustException(where + ": the public key is none of ECDSA (P-256, P-384), RSA and Ed25519, or damaged");
    }

    private static List<String> algorithms(PublicKey key, String where) throws TrustException, GeneralSecurityException {
        if (key instanceof EdECPublicKey) {
            return List.of("Ed25519");
        }
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < LEAST_RSA_BITS || bits > MOST_RSA_BITS) {
                throw new TrustException(where + ": the RSA key has " + bits + " bits: make one of " + LEAST_RSA_BITS + " to " + MOST_RSA_BITS);
            }
            return List.of("SHA256withRSA");
        }
        if (key instanceof ECPublicKey ec && isOn(ec, "secp256r1")) {
            return List.of("SHA256withECDSA");
        }
        if (key instanceof ECPublicKey ec && isOn(ec, "secp384r1")) {
            return List.of("SHA384withECDSA", "SHA256withECDSA"); // cosign took SHA-256 for every curve until its version 3
        }
        throw new TrustException(where + ": the public key is on a curve that is not known: use P-256 or P-384");
    }

    private static boolean isOn(ECPublicKey key, String curve) throws GeneralSecurityException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec(curve));
        ECParameterSpec wanted = parameters.getParameterSpec(ECParameterSpec.class);
        return key.getParams().getCurve().equals(wanted.getCurve())
                && key.getParams().getGenerator().equals(wanted.getGenerator())
                && key.getParams().getOrder().equals(wanted.getOrder());
    }

    /** Whether this key made a signature over these bytes. */
    boolean signed(byte[] message, byte[] signature) {
        for (String algorithm : algorithms) {
            try {
                Signature verifier = Signature.getInstance(algorithm);
                verifier.initVerify(key);
                verifier.update(message);
                if (verifier.verify(signature)) {
                    return true;
                }
            } catch (GeneralSecurityException e) {
                // no signature of this form: then it is none of this key
            }
        }
        return false;
    }
}
