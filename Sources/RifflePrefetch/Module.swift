enum RifflePrefetchModule {}
