enum SlowOriginModule {}
