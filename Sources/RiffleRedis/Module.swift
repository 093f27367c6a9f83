enum RiffleRedisModule {}
