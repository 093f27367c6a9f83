enum RiffleProxyModule {}
