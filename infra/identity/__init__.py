"""The development token issuer: an OIDC server's outside, for a machine without one."""
