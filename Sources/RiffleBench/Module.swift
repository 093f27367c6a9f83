enum RiffleBenchModule {}
