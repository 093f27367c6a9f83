enum RiffleListingsModule {}
