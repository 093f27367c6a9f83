enum RiffleCacheModule {}
